mapping {
  map 'string value' onto 's'
  map true onto 'b'
  map 42L onto 'l'
  map 42I onto 'i'
  map 42.0D onto 'd'
  map 1.5f onto 'f'
}
