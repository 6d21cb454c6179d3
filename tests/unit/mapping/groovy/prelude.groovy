
def num = 2
def bee = 'B'
def map = [x: [y: 'deep'], z: 1]
def f(String s, int n = 2) { s * n }
def g(Map m) { (m.a ?: 0) + (m.b ?: 0) }
def h(int... xs) { xs.size() ? xs.sum() : -1 }
def k(Closure c) { c(21) }
def add = { a, c -> a + c }
def compose = { p, q -> { x -> q(p(x)) } }
def sw(v) {
  def r = 'start'
  switch (v) {
    case 1: r = 'one'; break
    case ['a', 'b']: r = 'letter'; break
    case 10..20: r = 'teens'; break
    case 5:
    case 6: r = 'five'
      r += '!'
      break
    case ~/x.*/: r = 'pattern'; break
    case List: r = 'list'; break
    case null: r = 'null'; break
    case { it > 2 }: r = 'closure'; break
    default: r = 'other'
  }
  return r
}
