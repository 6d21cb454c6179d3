mapping {
  def u = parse location() to uri
  map u.rawPath() onto 'path'
  map u.rawQueryString() onto 'query'
  map u.rawFragment() onto 'fragment'
  map u.decodedFragment() onto 'decoded'
  def inner = parse u.rawFragment() to uri
  map inner.path() onto 'clientPath'
  map inner.query().value('q') onto 'q'
}
