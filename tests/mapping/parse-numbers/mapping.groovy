mapping {
  def t = eventType()
  map { parse t to int32 } onto 'i'
  map { parse t to int64 } onto 'l'
  map { parse t to fp32 } onto 'f'
  map { parse t to fp64 } onto 'd'
  map { parse t to bool } onto 'b'
}
