def types = [:]
types['pageView'] = 'view'
types.put('click', 'action')
types << [scroll: 'engagement']
types += [video: 'media']
def seen = [] as Set
def order = []
types.each { k, v ->
    if (!seen.contains(v) && seen.add(v)) order << v
}
def total = order.inject(0) { acc, s -> acc + s.size() }
def (a, b) = ['x', 'y']
def conf = [nested: [deep: [name: 'leaf', list: [1, 2, 3]]]]
def text = """multi
line ${a}${b} ${conf.nested.deep.list.sum()}"""
def pad = 'a'.padLeft(3, '0') + 'b'.center(3, '*')
def key = 'dyn'
def m2 = [(key): 1, "$key-2": 2, 'quoted key': 3]
def rx = 'a-b_c'.split(/[-_]/).toList()
def longest = ['a', 'ccc', 'bb'].max { it.size() }
def grouped = ['apple', 'avocado', 'bean'].groupBy { it[0] }
def sorted = [3, 1, 2].sort { x, y -> y <=> x }
def idx = ['p', 'q', 'r'].indexOf('q')
def sub = 'mapping.groovy'[0..6]
def neg = 'abc'[-1]
def last2 = [1, 2, 3, 4][-2..-1]
def found = ['x1', 'y2'].find { it =~ /y\d/ }
def n = 'abc' =~ /b/ ? 'yes' : 'no'
def every = [2, 4].every { it % 2 == 0 } && ![1].any { it > 1 }
def times = ''
3.times { times += it }
def w = 0
while (true) { w++; if (w > 4) break }
def isStr = 'x' instanceof String
def elvis = null ?: '' ?: 'last'
def safe = conf?.missing?.name ?: 'gone'
def unq = [1, 1, 2].unique().size()
def rev = 'abc'.reverse()
def toks = 'a,b;c'.tokenize(',;')
def mini = [b: 2, a: 1].min { it.value }.key
def ent = [b: 2, a: 1].collect { e -> "${e.key}=${e.value}" }.sort().join('&')
def cnt = 'banana'.count('a')
def str = [1, [2, 3], [k: 'v']].toString()
def fmt = String.format('%05.1f|%s|%d', 3.14159d, 'x', 7)
def stripped = '''
  a
    b
'''.trim()
def cmp = ('a' <=> 'b') + (2 <=> 1)
def spread = [[n: 'a'], [n: 'b']]*.n.join()
def upper = ['a', 'b']*.toUpperCase()
def sw
switch (total) { case 0..5: sw = 'small'; break
  case { it > 100 }: sw = 'huge'; break
  default: sw = 'medium' }
def ternary = total > 10 ? total > 20 ? 'L' : 'M' : 'S'
mapping {
    [order: order.join(','), total: total, text: text, pad: pad, m2: m2.keySet().join(' '), rx: rx.size(), longest: longest,
     grouped: grouped.collect { k, v -> k + v.size() }.join(), sorted: sorted.join(), idx: idx, sub: sub, neg: neg,
     last2: last2.join(), found: found, n: n, every: every, times: times, w: w, isStr: isStr, elvis: elvis, safe: safe, unq: unq,
     rev: rev, toks: toks.join('|'), mini: mini, ent: ent, cnt: cnt, str: str, fmt: fmt, stripped: stripped, cmp: cmp,
     spread: spread, upper: upper.join(), sw: sw, ternary: ternary].each { name, value ->
        map value onto name
    }
}
