mapping {
  def m = match '^http://[^/]+/path/with/([0-9]+)/(?<page>[^\\.]+)\\.html' against location()
  map m.matches() onto 'm'
  map m.group(1) onto 'g1'
  map m.group('page') onto 'page'
  map m.group(0) onto 'whole'
}
