// closures with several statements, nested sections, early exits, local functions
def when_type = { String type, Closure body ->
    when eventType().equalTo(type) apply body
}
def params = { String... names -> names.collectEntries { [(it): eventParameters().value(it)] } }
def copy = { Map m -> m.each { k, v -> map v onto k } }
mapping {
    when_type('addToBasket') {
        map 'basket' onto 'group'
        copy params('productId', 'quantity')
        section {
            when eventParameters().value('gift').equalTo('true') apply {
                map true onto 'gift'
                exit()
            }
            map false onto 'gift'
        }
        exit()
    }
    when_type 'search', {
        map eventParameters().value('q') onto 'searchPhrase'
    }
    when(eventType().equalTo('a').or(eventType().equalTo('b'))).apply {
        map 'ab' onto 'group'
        when firstInSession() apply { stop() }
    }
    when { eventType().isAbsent() } apply { map 'none' onto 'group' }
    section {
        section {
            when duplicate() exit()
            when corrupt() stop()
            map 'inner' onto 'x'
        }
        map 'outer' onto 'y'
    }
    map {
        def u = parse referer() to uri
        u.host()
    } onto 'refererHost'
    map((match('(.*)@(.*)') against cookie('mail')).group(2)) onto 'mailHost'
    map digest('SHA-256', 'seed').add(partyId()).add('x').result().toHexLower() onto 'hashed'
    def g = ip2geo()
    [country: g.countryCode(), city: g.cityName(), lat: g.latitude()].each { name, value ->
        map value onto "geo_$name"
    }
    map ip2geo(header('X-Real-IP').first()).cityName() onto 'realCity'
    map header('Accept-Language').commaSeparated() onto 'languages'
}
