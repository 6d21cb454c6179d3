/** The checksum that tells the collector that a request arrived whole. */

/** MurmurHash3, x86, 32 bits, seed 0, over the text in UTF-8; signed. */
export const murmur3 = (text: string): number => {
  let hash = 0;
  let block = 0;
  let length = 0;
  const mix = () => {
    block = Math.imul(block, 0xcc9e2d51);
    hash ^= Math.imul((block << 15) | (block >>> 17), 0x1b873593);
    block = 0;
  };
  for (const byte of new TextEncoder().encode(text)) {
    block |= byte << (8 * (length & 3));
    if (!(++length & 3)) {
      mix();
      hash = Math.imul((hash << 13) | (hash >>> 19), 5) - 0x19ab949c;
    }
  }
  mix();
  hash ^= length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
};
