mapping {
  map cookie('custom_cookie') onto 'a'
  map cookie('none') onto 'b'
  map cookie('odd') onto 'c'
}
