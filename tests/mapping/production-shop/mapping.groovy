/*
 * Page types of the shop.
 * Reviewed 2018-03-02
 */
def PAGE_FIELDS = [
        product : [field: 'productId', pattern: '([0-9]{6,15})'],
        download: [field: 'downloadId', pattern: '([0-9a-f]+)'],
        search  : [field: null, pattern: '.*'],
]
final String PREFIX = '^/'
boolean withDigests = true

// helper closures
def segment = { n -> "([^/]+)?/?" * n }
def notEmpty = { v -> v != null && !v.isEmpty() }
def mapParam = { String name, String field = name ->
    map eventParameters().value(name) onto field
}

def trackPage(pathMatcher, String kind, String field) {
    when pathMatcher.group(1).equalTo(kind) apply {
        map kind onto 'pageType'
        if (field) {
            map pathMatcher.group(2) onto field
        }
        exit()
    }
}

mapping {
    map firstInSession() onto 'firstInSession'; map timestamp() onto 'timestamp'
    map(clientTimestamp()).onto('clientTimestamp')
    map remoteHost()   onto   'remoteHost'

    // flat producers by name
    [
        referer: referer(), location: location(),
        partyId: partyId(), sessionId: sessionId()
    ].each { field, producer -> map producer onto field }

    def locationUri = parse location() to uri
    def q = locationUri.query()
    def pathMatcher = match(PREFIX + '([a-z]+)/' +
            segment(2) + '.*') against locationUri
                .path()

    section {
        when(locationUri.path().equalTo('/')).apply({
            map 'home' onto 'pageType'
            exit()
        })

        section {                       // nested: only leaves this one
            when eventType().equalTo('preview') apply { exit() }
            map 'seen' onto 'inner'
        }

        PAGE_FIELDS.each { kind, cfg ->
            trackPage(pathMatcher, kind, cfg.field)
        }

        when pathMatcher.group(1).equalTo("category").and(pathMatcher.group(2).isPresent()) apply {
            map 'category' onto 'pageType'
            map pathMatcher.group(2) onto 'category'
            map { parse pathMatcher.group(3) to int32 } onto 'page'
            exit()
        }
        when not(pathMatcher.matches()).or(locationUri.path().isAbsent()) apply { map 'other' onto 'pageType' }
    }

    mapParam 'productId'
    mapParam('item_id', 'productId')
    ['q', 'page'].findAll { it != 'page' }.each { map q.value(it) onto "search${it.capitalize()}" }

    for (int i in 0..<3) {
        map header('X-Test').get(i) onto "header$i"
    }
}
