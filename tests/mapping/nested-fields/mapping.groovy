mapping {
  map eventType() onto 'outer.a'
  map referer() onto 'outer.in.x'
  map cookie('y') onto 'outer.in.y'
}
