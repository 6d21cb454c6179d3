"""What reviewers write: rating, size and length (1 small or short, 2 right, 3 large or long), and a sentence."""

from __future__ import annotations

from typing import NamedTuple

SMALL, RIGHT, LARGE = 1, 2, 3


class Comment(NamedTuple):
    rating: int
    size: int
    length: int
    text: str


_FIVE = """
Best pair I have owned in ten years; they fit the moment I put them on.
The cloth feels solid, the seams are straight and the colour has not faded at all.
Wore them on a long flight and forgot that I had them on. Buying a second pair today.
Everybody asks me where I got these. The cut is exactly what the pictures promise.
Delivered early, well packed, and the fit could not be better around the hips.
I am hard to please when it comes to trousers, and I have nothing to complain about here.
After a dozen washes they still look as they did on the first day. Well worth the money.
Soft from the start and yet they keep their shape until the evening. A real favourite.
These replaced three older pairs in my wardrobe. I wear them to work and at weekends.
The waistband sits where it should and does not gape at the back when I sit down.
Lovely detail on the pockets, and they are deep enough for a telephone at last.
My husband stole the idea and ordered the same ones in another colour. Both are great.
Exactly as described, quick delivery and a friendly note in the parcel. Thank you.
They look far more expensive than they were. The stitching alone deserves five stars.
Great for cycling: they stretch where it matters and nothing rubs on a long ride.
I took my usual size and it was right. The colour goes with everything that I own.
The wash is beautiful in daylight, with none of the false fading that cheap ones have.
Comfortable enough for a whole day in the garden and smart enough for dinner after it.
I have already told my sister to get them. Sturdy, flattering and honestly priced.
*1,2 A touch tight on the first day, but perfect once the cloth had given a little. I love them.
"""

_FOUR = """
Very good jeans for the price; only the zip is a little stiff so far.
Nice heavy cloth and a good colour. One star off because delivery took a week.
They fit well and look smart. I would have liked one more pocket at the back.
Good quality overall, though a loose thread had to be cut off on the first evening.
The cut suits me and the cloth is pleasant. They need ironing more than I would like.
Happy with them. The colour is slightly darker than on the screen, but I like it.
Comfortable from morning to night. The button is a bit fiddly with cold hands.
A solid everyday pair. They crease behind the knee, which seems to be the way of this cloth.
Good fit and fair price. I hope that the seams last as long as the cloth looks likely to.
Would buy again. The label inside scratched until I cut it out, so four stars.
They wash well and dry quickly. The pockets could be deeper, that is all I can say.
Looks good with boots and with trainers. The belt loops are a little narrow for my belt.
Well made and true to size. The smell of dye went away after the second wash.
A good buy in the sale. I would think twice at the full price, but not for long.
Soft and warm, right for autumn. They pick up lint from the sofa like nothing else.
Sturdy and good looking. They took a few days of wearing before they were comfortable.
*1,2 Good cloth and a good colour, but order one size up: they are rather snug at the waist.
*1,2 I like the look very much. They run slightly small, and the exchange was no trouble.
*3,2 Comfortable and well made, if a bit roomy; I could have taken the next smaller size.
*2,3 Lovely jeans, only the legs are too long for me and had to be taken up by a tailor.
"""

_THREE = """
They are fine. Not special, not bad; about what one expects for this money.
The cloth is good but the cut does little for me. I will keep them for the garden.
Average quality. The colour ran in the first wash and then stayed as it was.
Decent enough, though the picture made them look heavier than they really are.
Nice at first, but the knees have lost their shape after a month of wearing them.
All right for the weekend. For the office I would want something with a cleaner line.
The fit is good and the delivery was not: eleven days for a parcel from one town away.
Two of the rivets look a bit rusty already. Apart from that I am quite content.
I expected stretch and found hardly any. They look good standing up, at least.
The left pocket was sewn on slightly askew. Nobody has noticed it except me.
Comfortable, but the cloth is thin and I wonder how long it is going to last.
Good idea, middling execution. The zip wants some patience in the morning.
They do their work. I would not have noticed them in a shop without the discount.
The colour is not what I ordered, but I decided that I can live with this one.
Neither here nor there. My old pair from the same shop was better made, I think.
*1,2 Nice cloth, but they pinch at the hips. The size chart could be more honest about that.
*1,2 Smaller than other jeans of the same size. Wearable, as long as lunch is a light one.
*1,2 The style is what I wanted; the size is not quite. I will see whether they give with time.
*3,2 Wider than I thought they would be. With a belt they are all right, without it they are not.
*2,1 Good at the waist but rather short in the leg; I wear them rolled up and call it fashion.
"""

_TWO = """
Disappointing. The cloth pills between the legs after only three weeks of wear.
The button came off on the second day. I sewed it on again, but I should not have to.
Looks nothing like the photograph: the wash is patchy and the seams are crooked.
Stiff as cardboard even after several washes. I had hoped for something softer.
The colour came off on my chair and on my hands. Had to wash them four times.
Not worth the full price. The inside seams are rough and rub at the knees.
Delivery was late and the parcel was open. The jeans themselves are mediocre.
The zip stuck from the first day, and customer service was slow to answer me.
One leg twists around when I walk. I suppose that mine come from a bad batch.
They lost their shape by the evening of the first day. I expected better from this shop.
The pockets are so shallow that everything falls out when I sit down. Not practical.
Thin cloth, loud rivets, and a label that scratches. I wear them only for painting.
The second pair that I ordered is a different blue from the first. Why, I wonder?
*1,2 Far too tight at the thighs for the size that is printed on the label. They will go to my niece.
*1,2 I ordered my usual size twice, and twice it was too small. I have given up for now.
They faded in the first wash although I followed the instructions on the label to the letter.
*1,2 The waist is fine, but the hips and legs are cut for somebody one or two sizes smaller.
*1,2 Could not get them over my heels. Either the label is wrong or the pattern is.
*3,2 Much too loose everywhere; the belt only makes folds. And that is with my usual size.
*3,2 Baggy where they should be close. They look like something borrowed from an older brother.
"""

_ONE = """
Split along the back seam on the first day, in the middle of a meeting. Never again.
Cheap cloth, worse sewing. They went straight back, and I am still waiting for my money.
Sent me the wrong colour, then the wrong style, then nothing. I have stopped asking.
The worst jeans that I ever bought. The colour was gone after the second wash.
A hole at the pocket after a week. One cannot call this hard-wearing with a straight face.
Arrived with a stain on the front and a smell of smoke. How does that pass any check?
The zip broke the second time I used it. A tailor wanted more than the jeans had cost.
I waited for three weeks, and then half of the button holes were not even cut open.
Scratchy, stiff and badly cut. I gave them away, and my neighbour gave them back to me.
The cloth tore when I bent down to tie my shoes. I did not know that this was possible.
Nothing about them is as described: other cloth, other colour, other buttons.
The seams came undone in the wash and took the lining of the machine with them.
I cannot recommend these to anybody. Even as rags they leave fluff on everything.
After one day at the desk both knees looked as if I had spent it kneeling in a field.
The returns form did not work, the telephone was not answered, and the jeans are awful.
*1,2 The label says one size and the jeans say another: I could not close them at all.
*1,1 Too small and too short at the same time. Was this pair meant for children?
*1,2 Absurdly tight. My daughter is two sizes smaller than I am, and they are tight on her too.
*3,2 I could fit into them twice. Whoever measured these had no measure at hand.
Never arrived, and the shop says that they did. The stars are for the courage to say so.
"""


def _read(rating: int, block: str) -> list[Comment]:
    found = []
    for line in block.strip().splitlines():
        marks, _, text = line[1:].partition(" ") if line.startswith("*") else ("2,2", "", line)
        size, length = marks.split(",")
        found.append(Comment(rating, int(size), int(length), text))
    return found


COMMENTS: tuple[Comment, ...] = tuple(
    comment
    for rating, block in ((5, _FIVE), (4, _FOUR), (3, _THREE), (2, _TWO), (1, _ONE))
    for comment in _read(rating, block)
)
SIZE_COMMENTS: tuple[int, ...] = tuple(row for row, comment in enumerate(COMMENTS) if comment.size != RIGHT)
