// More of what is out there: GString fields, nested ifs, early returns, string building, multi-line commands
import java.util.regex.Pattern

def DEBUG = false
def VERSION = [major: 2, minor: 7]
final int MAX = 3
String[] LANGS = ['nl', 'en', 'de']
def HOSTS = ~/(?:www\.)?example\.(com|nl)/

def fieldName(Object... parts) {
    parts.findAll { it != null && it.toString() }
         .collect { it.toString() }
         .withIndex()
         .collect { p, i -> i == 0 ? p : p.capitalize() }
         .join('')
}

/* returns null for what should not be mapped */
def target(String name) {
    if (name.startsWith('_')) {
        return null
    } else if (name ==~ /utm_(source|medium)/) {
        return 'campaign' + (name =~ /utm_(\w+)/)[0][1].capitalize()
    }
    name.contains('.') ? name.replace('.', '_') : name
}

mapping {
    map "v${VERSION.major}.${VERSION['minor']}".toString() onto 'version'
    def url = parse location() to uri

    LANGS.eachWithIndex { lang, idx ->
        when url.path().equalTo("/$lang/".toString()) apply {
            map lang onto 'language'
            map idx onto 'languageIndex'
        }
    }

    ['utm_source', 'utm_term', '_hidden', 'a.b'].each { p ->
        def t = target(p)
        if (t) map url.query().value(p) onto t
    }

    (0..<MAX).each {
        def name = fieldName('item', it, null, 'sku')
        map eventParameters()
            .path("\$.items[$it].sku") onto name
    }

    if (DEBUG) {
        map location() onto 'debugLocation'
    } else if (VERSION.minor > 5 && !DEBUG) {
        map true onto 'newVersion'
    }

    def isCheckout = url.path().equalTo('/checkout')
            .or(url.path().equalTo('/basket'))
            .and(not(corrupt()))
    when isCheckout apply {
        map 'funnel' onto 'group'
        section {
            [[1, 'cart'], [2, 'address'], [3, 'payment']].each { step, name ->
                when eventParameters().value('step').equalTo(step as String) apply {
                    map step onto 'funnelStep'
                    map name onto 'funnelName'
                    exit()
                }
            }
            map(-1) onto 'funnelStep'
            map 'unknown' onto 'funnelName'
        }
    }

    def x = 10
    while (x-- > 7) { map x onto "countdown_$x" }
    do { x += 2 } while (x < 10)
    map x onto 'after'

    def words = 'The quick brown fox'.split(' ')
    def acronym = ''
    for (String w : words) { acronym += w[0].toUpperCase() }
    map acronym onto 'acronym'
    def (first, second) = words.take(2)
    map "$first-$second".toLowerCase() onto 'firstTwo'
    map words*.length().sum() onto 'letters'
    map words.length onto 'wordCount'

    def byType = [checkout: ['pay', 'ship'], browse: ['list', 'detail']]
    def inverted = byType.collectMany { k, vs -> vs.collect { [it, k] } }.collectEntries()
    inverted.sort { a, b -> a.key <=> b.key }.each { page, kind ->
        when url.path().equalTo('/' + page) apply { map kind onto 'pageKind' }
    }
    def describe = { v ->
        switch (v) {
            case String: return "text:$v"
            case Number: return "number:${v * 2}"
            case List:   return 'list:' + v.size()
            case null:   return 'none'
            default:     return 'other'
        }
    }
    ['q', 4, [1, 2], null, [a: 1]].eachWithIndex { v, i -> map describe(v) as String onto "d$i" }
    println "done ${words.size()}"
    assert words.size() == 4
}
