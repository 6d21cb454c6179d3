"""The words that invented people, places and employees are made of."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES: tuple[str, ...] = _words("""
Ada Adam Agnes Aidan Alan Albert Alice Alma Amber Amir Amy Andrea Andrew Anita Anna Anton April Arthur Astrid Audrey
Aurora Barbara Basil Beatrice Ben Bernard Beth Bianca Boris Brandon Brenda Brian Bridget Bruno Camilla Carl Carla
Carmen Caroline Cecil Celeste Charles Charlotte Chloe Christian Clara Claude Colin Connor Cora Curtis Cynthia Daisy
Damian Daniel Daphne Darius David Deborah Della Denise Dennis Diana Dmitri Dolores Dominic Dora Doris Dorothy Douglas
Duncan Dylan Edgar Edith Edmund Edna Edward Eileen Elaine Eleanor Elena Eli Elias Elise Eliza Ella Ellen Elmer Elsa
Emil Emily Emma Enid Eric Erica Erin Ernest Esme Esther Ethan Eugene Eva Evelyn Ezra Faith Felicity Felix Fiona Flora
Frances Frank Freda Frederick Gabriel Gail Gareth Gavin Gemma George Gerald Gina Gladys Glen Gloria Gordon Grace
Graham Greta Gus Hannah Harold Harriet Harry Hazel Heather Hector Helen Helga Henry Herbert Hilda Holly Howard Hugh
Hugo Ian Ibrahim Ida Ines Ingrid Irene Iris Isaac Isabel Ivan Ivy Jack Jacob Jade James Jane Janet Jasmine Jason
Jasper Jean Jeremy Jesse Jill Joan Joel John Jonas Joseph Josephine Joy Joyce Judith Julia Julian June Karen Karl Kate
Keith Kenneth Kevin Kim Kirsten Kurt Lara Laura Lena Leo Leon Leonora Leslie Lewis Lillian Linda Lionel Lois Lorna
Louis Lucas Lucy Luke Lydia Mabel Malcolm Marcus Margaret Maria Marina Mark Martha Martin Mary Matilda Maud Maurice
Max Maya Megan Mia Michael Mildred Miles Miriam Mona Morgan Moses Muriel Nadia Nancy Naomi Natalie Nathan Neil Nina
Noah Nora Norman Olga Olive Oliver Omar Oscar Otto Owen Pamela Patricia Paul Paula Pearl Penelope Percy Peter Philip
Phoebe Priya Quentin Rachel Ralph Raymond Rebecca Rhoda Richard Rita Robert Robin Roger Roland Rosa Rose Rowan Roy
Ruby Rufus Ruth Sadie Sally Samuel Sara Saul Sebastian Selma Sheila Silas Simon Sofia Sonia Stanley Stella Stephen
Susan Sylvia Tamara Teresa Tess Thelma Theo Thomas Tim Toby Tracy Una Ursula Valerie Vera Vernon Victor Viola Violet
Virgil Vivian Walter Wanda Warren Wendy Wilfred William Winifred Xavier Yara Yvonne Zoe
""")

LAST_NAMES: tuple[str, ...] = _words("""
Abbott Adler Ainsley Albrecht Aldridge Anders Archer Ashby Atwood Bachmann Bailey Baines Balfour Banks Barlow Barnett
Bartell Baxter Beckett Bellamy Bergstrom Birch Blackwood Blake Bloom Boone Booth Bosch Bowden Boyle Brandt Brennan
Briggs Bristow Brock Brooke Buchanan Burgess Burke Byrne Cahill Calder Calloway Cameron Carlisle Carver Castillo
Chandler Chase Clayton Clement Cobb Coleman Collier Conrad Cooper Corbett Costa Cowan Crane Crawford Crosby Cullen
Curran Dale Dalton Danvers Darby Dawson Decker Delgado Dempsey Denham Devlin Dillard Dixon Doherty Donovan Doyle Drake
Draper Drummond Dufour Duggan Dunmore Durant Eaton Eberhard Eckert Eldridge Ellery Ellison Emerson Engel Erikson
Everett Fairfax Falk Farrell Faulkner Fenton Ferrer Fielding Finch Fischer Fleming Fletcher Flint Forbes Forsyth
Fowler Franklin Frost Fuller Gallagher Galloway Gardner Garrett Gentry Gibbs Gilmore Glover Goddard Goodwin Graves
Greer Griffith Grimes Haas Hadley Haines Hale Halloran Hammond Harding Hargrove Harlan Hartley Hastings Hawkins
Hayward Heath Hendricks Henley Herrera Hewitt Hilpert Hobbs Holden Hollis Holt Hooper Horton Howell Hubbard Hughes
Hurst Hutton Ingram Irving Jacobs Jarvis Jennings Jensen Jerome Joyner Kaiser Keane Keller Kemmer Kendall Kerr Kessler
Kimball Kirby Klein Knapp Knox Kramer Kuhn Lambert Landry Lang Larkin Larsen Lawson Leclair Lennox Lindholm Linton
Lockhart Lombard Loomis Lowell Lucero Lyndon Macleod Madden Malone Manning Marlow Marsh Mather Maxwell Mayfield Mercer
Merrill Meyer Middleton Millard Monroe Moody Moran Moretti Morrow Mulligan Nash Neville Newell Nielsen Nolan Norris
Novak Oakley Odell Olsen Osborne Padgett Paine Palmer Parrish Patel Paxton Pearson Pemberton Perkins Petrov Pickering
Pierce Pollard Porter Prescott Quigley Quinn Radcliffe Ramsey Randall Reardon Redmond Reeves Reinhart Rhodes Richter
Ridley Riggs Rinaldi Roberts Rohan Rosen Rowe Rutledge Salazar Sanders Sauer Sawyer Schaefer Schultz Seymour Shaw
Shelton Sheridan Silva Sinclair Slater Sloan Snyder Spencer Stafford Stanton Stark Sterling Stokes Strand Sutton Swift
Talbot Tanner Tate Thatcher Thorne Tobin Torres Townsend Travers Tucker Turner Tyler Underhill Upton Vance Vaughn Vega
Vickers Vogel Voss Wade Wagner Walden Wallace Walsh Ward Watkins Weaver Webb Weber Wells Whitaker Whitfield Wilder
Winslow Winters Wolfe Woodward Wright Wyatt Yates Yost York Zeller Zimmer
""")

TITLES: tuple[str, ...] = ("Mr.", "Mrs.", "Ms.", "Miss", "Dr.")
SUFFIXES: tuple[str, ...] = ("Jr.", "Sr.", "I", "II", "III", "IV", "V", "MD", "DDS", "PhD", "DVM")

CITY_PREFIXES: tuple[str, ...] = ("", "", "", "North ", "East ", "West ", "South ", "New ", "Lake ", "Port ")
CITY_SUFFIXES: tuple[str, ...] = (
    "", "town", "ton", "land", "ville", "berg", "burgh", "bury", "view", "port", "mouth", "stad", "furt", "chester",
    "side", "haven", "fort",
)  # fmt: skip
STREET_SUFFIXES: tuple[str, ...] = _words("""
Alley Avenue Branch Bridge Brook Bypass Causeway Circle Corner Court Cove Creek Crescent Crossing Dale Drive Estate
Ferry Field Fork Garden Gateway Glen Green Grove Harbor Heights Highway Hill Hollow Island Junction Key Knoll Lake
Landing Lane Lodge Loop Manor Meadow Mews Mill Mission Mount Oval Parade Park Pass Path Pike Pine Place Plaza Point
Prairie Ranch Rapid Rest Ridge River Road Route Row Run Shore Spring Square Station Street Summit Terrace Trace Track
Trail Turnpike Union Valley View Village Vista Walk Way Well
""")
