mapping {
  map digest('sha-256').add(eventId()).result().toHexLower() onto 'id'
  map digest('SHA-256').add('aLiteralString').result().toHexLower() onto 'literal'
  map digest('SHA-256').add(eventId()).add('aLiteralString').result().toHexLower() onto 'both'
  def p = eventParameters()
  map digest('SHA-256').add(p.path('$.foo')).add(p.path('$.bar')).add(p.path('$.items')).add(p.path('$.items[*].name')).add(p.path('$.items[0].name')).result().toHexLower() onto 'pieces'
  map digest('SHA-256').add(digest('SHA-256').add(header('X-None').first()).result()).result().toHexLower() onto 'ofDigest'
  map digest('SHA-256').add(header('X-None').first()).result().toHexLower() onto 'missing'
  map digest('SHA-256').add(eventId()).result().toBase64() onto 'base64'
  map digest('SHA-256').add(eventId()).result() onto 'raw'
  map digest('SHA-256', 'foo').add(cookie('hello')).result().toHexLower() onto 'foo'
  map digest('SHA-256', 'bar').add(cookie('hello')).result().toHexLower() onto 'bar'
  map digest('SHA-256', 'foo').add(cookie('hello')).result().toHexUpper() onto 'again'
}
