"""The pages at which one buys: cart, login, checkout, account; and what the shop says about itself."""

from __future__ import annotations

from riverrun.serve.shop.catalogue import favourites
from riverrun.serve.shop.layout import NAME, Page, cards

_LINES = '<ul id="items" class="rows"></ul>'


def cart() -> Page:
    body = f"""<h1>Your cart</h1>
<div id="empty" hidden><p>There is nothing in it yet.</p>
<p><a class="button" href="/category/straight-leg">Start with a classic</a></p>
<section><h2>Loved this week</h2>{cards(favourites("this week", 4))}</section></div>
<div id="full" class="two" hidden>
<div>{_LINES}</div>
<aside class="box"><h2>Sum</h2><div id="summary"></div>
<a class="button wide" href="/checkout">Check out</a>
<p id="login-hint" class="quiet">You will be asked to log in or to register.</p></aside>
</div>"""
    return Page("Cart", body, kind="cart", signal="CART_VIEW")


def login() -> Page:
    body = f"""<h1>Good to see you</h1>
<div class="two even">
<form id="login" class="box"><h2>Log in</h2>
{_field("Email", "email", "email", "email")}
{_field("Password", "password", "password", "current-password")}
<button class="button wide" disabled>Log in</button><p id="login-message" role="status"></p></form>
<form id="register" class="box"><h2>New here? Register</h2>
{_field("Name", "name", "text", "name")}
{_field("Email", "email", "email", "email")}
{_field("Password", "password", "password", "new-password")}
<button class="button wide" disabled>Register</button>
<p><button type="button" class="link" id="suggest" disabled>Invent somebody</button></p>
<p id="register-message" role="status"></p></form>
</div>
<p class="quiet">Your account exists in this browser only. Passwords are asked for because shops do, and forgotten at
once. Please do not use your own.</p>"""
    return Page("Log in", body, kind="login")


def _field(label: str, name: str, kind: str, autocomplete: str, more: str = "required") -> str:
    return (
        f'<label class="field">{label}<input name="{name}" type="{kind}" autocomplete="{autocomplete}" '
        f'maxlength="100" {more}></label>'
    )


def checkout() -> Page:
    body = f"""<h1>Check out</h1>
<div class="two">
<form id="checkout">
<fieldset class="box"><legend>Delivery</legend>
{_field("Name", "name", "text", "name")}
{_field("Street and number", "street", "text", "off", 'value="1 Kemmer Ferry" required')}
<div class="pair">{_field("ZIP code", "zip", "text", "off", 'value="40317" required')}
{_field("City", "city", "text", "off", 'value="Lake Ona" required')}</div>
</fieldset>
<fieldset class="box"><legend>Payment</legend>
<label class="choice"><input type="radio" name="pay" checked> Play money</label>
<label class="choice"><input type="radio" name="pay"> Invoice to nobody</label>
</fieldset>
<button class="button wide" disabled>Place order</button>
<p class="quiet">No money, no parcel: the order stays in this browser.</p>
</form>
<aside class="box"><h2>Your order</h2>{_LINES}<div id="summary"></div></aside>
</div>"""
    return Page("Check out", body, kind="checkout", signal="CHECKOUT_START")


def complete() -> Page:
    body = f"""<div id="none" hidden><h1>No order yet</h1>
<p>Once you have placed one, it is confirmed here.</p>
<p><a class="button" href="/">Look around</a></p></div>
<div id="done" hidden><h1 id="thanks">Thank you.</h1>
<p>Your order <strong id="number"></strong> would be with you in three to five days.</p>
<div class="two"><div>{_LINES}</div><aside class="box"><div id="summary"></div>
<a class="button wide" href="/">Keep looking</a></aside></div></div>"""
    return Page("Thank you", body, kind="complete", signal="CHECKOUT_COMPLETE")


def account() -> Page:
    body = """<h1>Your account</h1>
<div class="two even">
<section class="box"><h2 id="name"></h2><p id="email" class="quiet"></p>
<button type="button" class="button pale" id="logout" disabled>Log out</button></section>
<section class="box"><h2>Orders</h2><p id="no-orders">None yet.</p><ul id="orders" class="rows"></ul></section>
</div>"""
    return Page("Your account", body, kind="account")


def about() -> Page:
    body = f"""<div class="prose"><h1>What this is</h1>
<p>{NAME} is the example shop of riverrun. It is here so that there is something to click on: each page and each
button signals what happened to the collector whose tag it loads, and you can watch the events on their way.</p>
<p>Nothing is sold. The pictures are drawn from the words on the label. The cart, your account and your orders stay in
the storage of your browser; the server keeps nothing and sets no cookie. The tag's cookies are told on the page about
<a href="/privacy">privacy</a>.</p></div>"""
    return Page("What this is", body)


def privacy() -> Page:
    body = """<div class="prose"><h1>Privacy</h1>
<p>The tag of this shop's collector keeps two identifiers in cookies, <code>_dvp</code> for your browser and
<code>_dvs</code> for your visit. With each event it sends them, the address of the page, the size of your screen, and
what you did: looked at a product, put it into the cart, logged in. When you are logged in here, the name and the email
address that you invented go with it.</p>
<p class="box"><label class="choice"><input type="checkbox" id="tracking" checked> The tag may follow what I do in this
shop</label></p>
<p class="quiet">Without the tick the tag sends nothing and takes its cookies away.</p></div>"""
    return Page("Privacy", body, kind="privacy")


def not_found() -> Page:
    body = f"""<h1>This pair is gone</h1><p>There is no such page. Perhaps one of these?</p>
{cards(favourites("this week", 4))}"""
    return Page("Not found", body)
