/**
 * Webshop mapping, v42
 */
final String DOMAIN = "shop.example.com"
def brands = ['acme', 'globex', "initech"]
def numericParams = [quantity: int32, price: fp64, productCount: int32, orderId: int64]
Map pageTypes = [
    home    : ~'x'.toString() ? '/' : '/',
]
mapping {
    def loc = parse location() to uri
    numericParams.each { name, type ->
        def p = eventParameters().value(name)
        map { parse p to type } onto name
    }
}
