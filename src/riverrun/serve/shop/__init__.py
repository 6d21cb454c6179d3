"""The jeans shop: a small web shop to click in. Carts and customers stay in browsers; the server keeps nothing."""
