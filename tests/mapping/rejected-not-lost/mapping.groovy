mapping {
  map eventParameters().value('must') onto 'must'
  map timestamp() onto 'other'
}
