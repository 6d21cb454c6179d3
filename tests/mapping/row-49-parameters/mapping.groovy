mapping {
  map eventParameters() onto 'all'
  map eventParameters().value('foo') onto 'foo'
  map eventParameters().value('bar') onto 'bar'
  map eventParameters().value('missing') onto 'missing'
  map eventParameter('foo') onto 'old'
}
