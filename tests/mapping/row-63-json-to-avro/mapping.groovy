mapping {
  map eventParameters().path('$.a') onto 'list'
  map eventParameters().path('$.b') onto 'text'
  map eventParameters().path('$.c') onto 'maybe'
  map eventParameters().path('$.d') onto 'map'
}
