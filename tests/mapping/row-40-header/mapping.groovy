mapping {
  def h = header('X-Divolte-Test')
  (0..3).each { i -> map h.get(i) onto "g$i" }
  [1, 2, 3, 4].each { map h.get(-it) onto "m${it}" }
  map h.commaSeparated() onto 'all'
  map h.first() onto 'first'
  map h.last() onto 'last'
  map h onto 'list'
  map header('X-None').first() onto 'none'
}
