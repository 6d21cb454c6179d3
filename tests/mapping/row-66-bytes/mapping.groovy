mapping {
  def d = digest('SHA-512').result()
  map d.toHexLower() onto 'lower'
  map d.toHexUpper() onto 'upper'
  map d.toBase64() onto 'base64'
}
