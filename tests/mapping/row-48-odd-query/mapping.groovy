mapping {
  def q = (parse location() to uri).query()
  ['a', 'b', 'c', 'd', 'none'].each { map q.value(it) onto it }
  map q.value('') onto 'nameless'
}
