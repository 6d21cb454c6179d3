mapping {
  map 'A' onto 'a'
  when true apply { when firstInSession() apply { stop() } }
  map 'B' onto 'b'
}
