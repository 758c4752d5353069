// What a message holds, told in one line: short ones whole, long ones by length and CRC-32. Runs in
// Node and in a browser's page alike, so it uses nothing that only one of them has.

const told_whole = 256;

const crc_table = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; ++bit) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n >>> 0;
});

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = crc_table[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

// `data` is a string, or an ArrayBuffer or a view of bytes.
export function describe(data) {
  const is_text = typeof data === 'string';
  const bytes = is_text ? new TextEncoder().encode(data) : new Uint8Array(data);
  const event = { event: 'message', type: is_text ? 'text' : 'binary', bytes: bytes.length };
  if (bytes.length > told_whole) return { ...event, crc32: crc32(bytes) };
  if (is_text) return { ...event, data };
  return { ...event, base64: btoa(String.fromCharCode(...bytes)) };
}

// The payload that a command {"text" | "base64", "repeat"} asks for.
export function payload({ text, base64, repeat = 1 }) {
  if (text !== undefined) return text.repeat(repeat);
  const unit = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const whole = new Uint8Array(unit.length * repeat);
  for (let n = 0; n < repeat; ++n) whole.set(unit, n * unit.length);
  return whole;
}
