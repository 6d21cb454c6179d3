mapping {
  def u = parse location() to uri
  map u.scheme() onto 'scheme'
  map u.host() onto 'host'
  map u.port() onto 'port'
  map u.path() onto 'path'
  map u.decodedQueryString() onto 'query'
  map u.rawQueryString() onto 'raw'
  map u.query().value('q') onto 'q'
  map u.query().valueList('p') onto 'p'
  map u.query() onto 'all'
}
