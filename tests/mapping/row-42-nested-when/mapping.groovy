mapping {
  when location().equalTo('https://example.com/') apply {
    map 'location' onto 'a'
    when referer().equalTo('http://example.com/') apply {
      map 'both' onto 'b'
    }
  }
  when referer().equalTo('http://elsewhere.example.com/') apply {
    map 'wrong' onto 'c'
  }
}
