mapping {
  map 'A' onto 'a'
  when { firstInSession() } apply { stop() }
  map 'B' onto 'b'
}
