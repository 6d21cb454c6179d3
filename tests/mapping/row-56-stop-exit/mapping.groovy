mapping {
  map 'A' onto 'a'
  exit()
  map 'B' onto 'b'
}
