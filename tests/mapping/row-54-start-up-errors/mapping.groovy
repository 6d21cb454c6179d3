mapping {
  map 'text' onto 'flag'
  map firstInSession() onto 'number'
  map location() onto 'pagetype'
  map 42 onto 'count'
  map 42.0 onto 'ratio'
  map 'A' onto 'kind'
  map userAgent() onto 'pageType'
  map eventType() onto 'kind'
}
