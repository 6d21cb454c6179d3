mapping {
  map 'A' onto 'a'
  section { section { stop() } }
  map 'B' onto 'b'
}
