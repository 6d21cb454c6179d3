mapping {
  map eventParameters() onto 'next'
}
