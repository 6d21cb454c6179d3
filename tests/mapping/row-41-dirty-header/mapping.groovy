mapping {
  map header('x-dirty') onto 'values'
}
