#!/usr/bin/env groovy
/* layout oddities */
def a, b = 2, c
int d = 5, e = 6
final def f = 7; def g = 8
def x
x = c = 3
String s = 'one' +
    'two' + "three${d +
      e}"
def long_condition = d > 4 &&
    e < 10 ||
    f == 0
def chained = [1, 2, 3, 4]
    .findAll { it > 1 }   // with a comment
    /* and another */
    .collect { int n -> n * 2 }
    .join(',')
def t = d > 5 ? 'big'
      : d > 4 ? 'medium'
      : 'small'
def u = null
def v = u ?: (x == 3
    ? 'three'
    : 'other')
def re1 = /^a$/, re2 = /a${d}b\/c/, re3 = "^x\$", re4 = $/a/b/$
def nested = "${d > 4 ? "yes ${"deep ${e}"}" : 'no'}"
def block = { String k, Map<String, Object> m, List l = [] ->
    def inner = m.collect { kk, vv -> "$k.$kk=$vv" }
    return (inner + l).join(';')
}
def early(list) {
    for (def i in list) { if (i > 2) return "found $i" }
    'none'
}
def noBraces(n) {
    if (n > 5) return 'gt'
    else if (n == 5)
        return 'eq'
    else
        return 'lt'
}
def vars = [
    'quoted': 1, bare: 2,
    "inter$d": 3, (x): 4, 5: 'five',
]
def entries = []
for (entry in vars) { entries << "${entry.key}:${entry.value}" }
for (i in 0..2) for (j in ['p', 'q']) entries << "$i$j"
for (String w : ['m', 'n']) { entries << w }
for (int i = 0, n = 2; i < n; i++) { entries << i }
mapping {
    map s onto 's'; map long_condition onto 'long_condition'
    map chained onto 'chained'
    map t onto 't'
    map v onto 'v'
    [re1: re1, re2: re2, re3: re3, re4: re4, nested: nested].each { k, r -> map "$r".toString() onto k }
    map block('k', [a: 1, b: 2]) onto 'block1'
    map block('k', [a: 1], ['z']) onto('block2')
    map(early([1, 2, 3])).onto 'early1'
    map early([1]) onto 'early2'
    [4, 5, 6].each { n -> map noBraces(n) onto "nb$n" }
    map vars.keySet().join('|') onto 'keys'
    map entries.join(' ') onto 'entries'
    map { -> location() } onto 'loc'
    map({ one -> referer() }) onto 'ref'
    when(location().isPresent()) apply { map true onto 'hasLocation' }
    when (location().isAbsent().or(referer().isAbsent())) apply { map false onto 'hasBoth' }
    when firstInSession() apply({
        map 'first' onto 'visit'
    })
    ['x', 'y'].each { map eventParameters().value(it) onto it }
    def conf = [enabled: true, 'max-size': 10]
    if (conf.enabled && conf.'max-size' > 5) map conf['max-size'] onto 'max'
    if (!conf.missing) { map 'none' onto 'missing' } else { map 'some' onto 'missing' }
    conf.count = (conf.count ?: 0) + 1
    conf['count'] += 1
    map conf.count onto 'count'
    def list = [1, 2]
    list << 3
    list[4] = 9
    list[0]++
    map list.toString() onto 'list'
    def (p, q, r) = [1, 2]
    map "$p $q $r".toString() onto 'pqr'
    map 'ünïcödé ✓' onto 'unicode'
    map "tab\there\\n\u0041" onto 'escapes'
    def sw = { k ->
        switch (k) {
            case 'a': case 'b': return 1
            case ~/c.*/: return 2
            default: return 0
        }
    }
    map sw('b') + sw('cat') + sw('z') onto 'sw'
    map Math.max(d, e) onto 'mx'
    map([1, 2, 3].sum { it * 10 }) onto 'sum'
}
