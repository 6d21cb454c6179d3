mapping {
  map 'A' onto 'a'
  stop()
  map 'B' onto 'b'
}
