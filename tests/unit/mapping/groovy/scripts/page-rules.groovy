def DOMAIN = "shop.example.com"
def brands = ['acme', 'globex', "initech"]
def numericParams = [quantity: 'int32', price: 'fp64', productCount: 'int32']
int counter = 0
List<Map<String, String>> rules = [
    [re: '^/$',                        type: 'home'],
    [re: '^/c/([^/]+)/?$',             type: 'category', group: 'category'],
    [re: "^/p/([0-9]{4,})(?:-.*)?\$",  type: 'product',  group: 'productId'],
    [re: /^\/search\/?$/,              type: 'search'],
    [re: $/^/blog/(\d{4})/(\d{2})/.*/$, type: 'blog',    group: 'blogYear'],
]

def fieldFor = { String prefix, String name -> prefix + name[0].toUpperCase() + name.substring(1) }
String slug(String text) { text.toLowerCase().replaceAll('[^a-z0-9]+', '_') }
def lastOf(list) { list[-1] }

mapping {
    map { timestamp() } onto 'timestamp'
    def loc = parse location() to uri
    def path = loc.path()
    def query = loc.query()

    section {
        rules.eachWithIndex { rule, i ->
            def matcher = match rule.re against path
            when matcher.matches() apply {
                map rule.type onto 'pageType'
                map i onto 'pageTypeIndex'
                if (rule.group) {
                    map matcher.group(1) onto rule.group
                }
                exit()
            }
        }
        map 'other' onto 'pageType'
    }

    brands.findAll { it.length() > 4 }.each { brand ->
        when loc.host().equalTo("${brand}.${DOMAIN}") apply {
            map brand onto 'brand'
        }
    }

    ['source', 'medium', 'campaign'].each {
        map query.value("utm_$it") onto "utm${it.capitalize()}"
        map query.value('utm_' + it) onto fieldFor('utm', it)
    }

    for (entry in numericParams) {
        def value = eventParameters().value(entry.key)
        switch (entry.value) {
            case 'int32':
                map { parse value to int32 } onto entry.key
                break
            case 'fp64':
                map { parse value to fp64 } onto entry.key
                break
            default:
                assert false
        }
    }

    (1..3).each { n -> map eventParameters().value("custom$n") onto "custom${n}" }
    for (int i = 0; i < 2; i++) { map header('X-Forwarded-For').get(-(i + 1)) onto "proxy$i" }

    map slug('Main Site!') onto 'site'
    map lastOf(brands) onto 'lastBrand'
    map(brands.collect { it.toUpperCase() }.join('|')) onto 'allBrands'
    map((counter ?: 7) + 1) onto 'seven'
    map(DOMAIN ? true : false) onto 'hasDomain'
    map(DOMAIN?.length()) onto 'domainLength'
    map(42L) onto 'aLong'
    map 1.5d onto 'aDouble'
    map 2.5f onto 'aFloat'
    map true onto 'aBool'
}
