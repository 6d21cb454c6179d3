// what teams do with "includes": maps of closures, currying, recursion, default arguments, GString keys
def rules = [
    product : { u -> u.path().equalTo('/product') },
    category: { u -> match('^/category/.*').against(u.path()).matches() },
    'error' : { u -> eventParameters().value('status').equalTo('500') },
]
def mapParam(String name, String field = name, Closure convert = { it }) {
    map convert(eventParameters().value(name)) onto field
}
def toInt = { x -> parse x to int32 }
def nest(String prefix, Map tree) {
    tree.each { k, v ->
        if (v instanceof Map) nest("${prefix}${k}.", v)
        else map v onto "$prefix$k"
    }
}
def both = { a, b -> a.and(b) }
def mk = { String kind, String name -> "${kind}_${name}".toString() }
def cfg = mk.curry('cfg')
mapping {
    def u = parse location() to uri
    rules.each { type, rule -> when rule(u) apply { map type onto 'pageType' } }
    rules.findAll { k, v -> k.startsWith('p') }.each { k, v -> when v.call(u) apply { map k + '!' onto 'again' } }
    mapParam 'a'
    mapParam 'b', 'bField'
    mapParam 'c', 'cField', toInt
    mapParam('d', 'dField') { parse it to fp64 }
    nest '', [context: [device: [type: userAgent().deviceCategory()], page: location()], top: referer()]
    when both(firstInSession(), not(duplicate())) apply { map cfg('x') onto 'cfg' }
    def add = { Object[] xs -> xs.collect { it as String }.join('+') }
    map add(1, 'b', true) onto 'added'
    def fact
    fact = { int n -> n < 2 ? 1 : n * fact(n - 1) }
    map fact(5) onto 'fact'
    def acc = []
    'abc'.each { c -> acc << c * 2 }
    map acc.join() onto 'chars'
    [['k1', 'v1'], ['k2', 'v2']].each { k, v -> map v onto k }
    [1, 2].each { i -> ['x', 'y'].each { j -> map "$i$j" as String onto "cell_${i}_$j" } }
    def list = (1..5).findAll { it % 2 }.collect { it * it }
    map list.sum() onto 'sum'
}
