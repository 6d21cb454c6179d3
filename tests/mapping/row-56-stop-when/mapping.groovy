mapping {
  map 'A' onto 'a'
  when firstInSession() stop()
  map 'B' onto 'b'
}
