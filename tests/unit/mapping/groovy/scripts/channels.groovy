mapping {
    map timestamp() onto 'ts';
    map partyId() onto 'party'; map sessionId() onto 'session'
    map(pageViewId()).onto('pv')
    map({ eventType() }).onto('type')
    map eventParameters().value('a').equalTo('b') onto 'isB'
    map firstInSession().or(corrupt()) onto 'either'
    map userAgent().deviceCategory() onto 'device'
    def params = eventParameters()
    ['x': 'fieldX', "y": 'fieldY', (['z', '1'].join('')): 'fieldZ1'].each { k, v -> map params.value(k) onto v }
    when referer().isAbsent() apply {
        map 'direct' onto 'channel'
        stop()
    }
    def refUri = parse referer() to uri
    def channels = [
        'search': ['google', 'bing', 'duckduckgo'],
        'social': ['facebook', 't\\.co', 'linkedin'],
    ]
    section {
        channels.each { channel, names ->
            def pattern = "^(?:[^.]+\\.)*(?:${names.join('|')})(?:\\.[a-z]{2,3}){0,2}\$"
            def hit = match pattern against refUri.host()
            when hit.matches() apply {
                map channel onto 'channel'
                exit()
            }
        }
        map 'referral' onto 'channel'
    }
    when eventType().equalTo('scroll') apply {
        def pct = eventParameters().value('pct')
        map { parse pct to int32 } onto 'scrollPct'
    }
    map { match('^/([^/]+)/.*$').against(refUri.path()).group(1) } onto 'refSection'
    map header('DNT').first() onto 'dnt'
    map cookie('consent') onto 'consent'
    map { parse cookie('consent') to bool } onto 'consented'
    map { parse(parse(location()).to(uri).query().value('price')).to(fp64) } onto 'price'
    map digest('SHA-256').add(remoteHost()).add(userAgentString()).result() onto 'fingerprint'
    map digest('SHA-256', "pepper-${1 + 1}").add(partyId()).result().toBase64() onto 'pseudo'
    when not(eventParameters().path('$.items').isPresent()) stop()
    map eventParameters().path('$.items') onto 'items'
    map eventParameters().path("\$.items[?(@.price > 10)].name") onto 'dear'
    exit()
}
