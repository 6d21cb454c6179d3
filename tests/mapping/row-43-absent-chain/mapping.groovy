mapping {
  def u = parse referer() to uri
  def m = match '^/([a-z]+)/$' against u.path()
  map m.group(1) onto 'f'
}
