mapping {
  def p = eventParameters()
  map p.path('$.foo') onto 'foo'
  map p.path('$.bar') onto 'bar'
  map p.path('$.items[*].price') onto 'prices'
  map p.path('$.items') onto 'items'
  map 'literal' onto 'kept'
  map p.path('$.missing') onto 'kept'
  map p.path('$.foo').isPresent() onto 'has'
  map p.path('$.missing').isPresent() onto 'hasNot'
  map p.path('$.foo') onto 'wrong'
  map 'literal' onto 'after'
  map p.path('$.items[*].missing') onto 'nothing'
}
