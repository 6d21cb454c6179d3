mapping {
  map eventParameters().path('$.t') onto 'm'
  map eventParameters().path('$.t') onto 'r'
  map eventParameters().path('$.t') onto 'n'
  map eventParameters().path('$.t') onto 'e'
  map eventParameters().path('$.many') onto 'many'
  map eventParameters().path('$.r') onto 'r2'
  map eventParameters().path('$.big') onto 'big'
}
