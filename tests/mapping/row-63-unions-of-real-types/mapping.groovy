mapping {
  map eventParameters().path('$.u') onto 'u'
  map eventParameters().path('$.v') onto 'v'
}
