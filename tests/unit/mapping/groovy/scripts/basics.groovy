mapping {
    // Basics
    map duplicate() onto 'detectedDuplicate'
    map corrupt() onto 'detectedCorruption'
    map firstInSession() onto 'firstInSession'
    map timestamp() onto 'timestamp'
    map remoteHost() onto 'remoteHost'
    map referer() onto 'referer'
    map location() onto 'location'
    map viewportPixelWidth() onto 'viewportPixelWidth'
    map viewportPixelHeight() onto 'viewportPixelHeight'
    map userAgentString() onto 'userAgentString'
    def ua = userAgent()
    map ua.name() onto 'userAgentName'
    map ua.family() onto 'userAgentFamily'
    map { userAgent().osFamily() } onto 'userAgentOsFamily'
    map cookie('_ga') onto 'gaClientId'
    map header('User-Agent').first() onto 'agent'

    def locationUri = parse location() to uri
    def localUri = parse locationUri.rawFragment() to uri

    section {
        when localUri.path().isPresent() apply {
            map localUri.path() onto 'localPath'
            map localUri.query().value('q') onto 'localQuery'
            exit()
        }
        map locationUri.path() onto 'localPath'
    }

    when firstInSession().and(duplicate().negate()).and(not(corrupt())) apply {
        map 'clean-first' onto 'kind'
    }

    def refMatcher = match '^https?://(?:www\\.)?(google|bing|yahoo)\\.[a-z.]+/.*' against referer()
    when refMatcher.matches() apply { map refMatcher.group(1) onto 'searchEngine' }

    def m = match(/^\/(?<kind>[a-z]+)\/(?<id>\d+)(?:-[^\/]*)?\/?$/).against(locationUri.path())
    map m.group('kind') onto 'pageKind'
    map { parse m.group('id') to int64 } onto 'pageId'
    map { parse(m.group('id')).to(int32) } onto 'pageIdInt'

    when eventType().equalTo('pageView') stop()
    map eventParameters() onto 'params'
    map eventParameters().path('$.items[*].price') onto 'prices'
}
