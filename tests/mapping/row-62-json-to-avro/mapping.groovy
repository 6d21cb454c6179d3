mapping {
  ['l','f','s','e','x','b1','b0','bt','i','it','dt','one','nb'].each { map eventParameters().path('$.' + it) onto it }
}
