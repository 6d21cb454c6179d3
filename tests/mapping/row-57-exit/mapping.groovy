mapping {
  section {
    when true apply {
      map 'a' onto 'a'
      exit()
      map 'b' onto 'b'
    }
    map 'b' onto 'b'
  }
  section {
    when true apply {
      map 'c' onto 'c'
      when false exit()
      map 'd' onto 'd'
      when true exit()
      map 'e' onto 'e'
    }
  }
  map 'f' onto 'f'
}
