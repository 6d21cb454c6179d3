mapping {
  def r = referer()
  def l = location()
  map r.isPresent().or(l.isPresent()) onto 'either'
  map r.isPresent().and(l.isPresent()) onto 'both'
  map not(l.isAbsent()) onto 'notAbsent'
  map l.isPresent().and(r.isPresent().or(l.isPresent())) onto 'mixed'
  def absent = (match 'x' against r).matches()
  map absent.and(l.isPresent()) onto 'absentAnd'
  map absent.or(l.isPresent()) onto 'absentOr'
  map not(absent) onto 'notOfAbsent'
  map r.equalTo(cookie('none')) onto 'twoAbsent'
  map timestamp().equalTo(1500000000) onto 'intVersusLong'
  map timestamp().equalTo(1500000000000L) onto 'sameLong'
  map r.equalTo('x') onto 'literal'
}
