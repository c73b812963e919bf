/* SHA-256 (FIPS 180-4) of a file while it is read, off the page's thread: what browsers have built in wants a file whole
   in memory. Asked with {file}, it tells {done} now and then, and at last {sha256}, or {error}. */
"use strict";
const STEP = 4 << 20;
const primes = [];
for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
const fraction = (x) => (x % 1) * 2 ** 32 | 0;
const K = Int32Array.from(primes, (p) => fraction(Math.cbrt(p)));
const START = Int32Array.from(primes.slice(0, 8), (p) => fraction(Math.sqrt(p)));
const W = new Int32Array(64);

class Sha256 {
  constructor() {
    this.state = Int32Array.from(START);
    this.block = new Uint8Array(64);
    this.held = 0;
    this.bytes = 0;
  }

  update(data) {
    let at = 0;
    this.bytes += data.length;
    if (this.held) {
      at = Math.min(64 - this.held, data.length);
      this.block.set(data.subarray(0, at), this.held);
      this.held += at;
      if (this.held < 64) return;
      this.compress(this.block, 0);
    }
    for (; at + 64 <= data.length; at += 64) this.compress(data, at);
    this.block.set(data.subarray(at));
    this.held = data.length - at;
  }

  hex() {
    const { block, bytes } = this;
    block[this.held] = 0x80;
    block.fill(0, this.held + 1);
    if (this.held >= 56) {
      this.compress(block, 0);
      block.fill(0);
    }
    const view = new DataView(block.buffer);
    view.setUint32(56, Math.floor(bytes / 2 ** 29));
    view.setUint32(60, (bytes % 2 ** 29) * 8);
    this.compress(block, 0);
    return Array.from(this.state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }

  compress(data, at) {
    const state = this.state;
    for (let t = 0; t < 16; t++, at += 4) W[t] = data[at] << 24 | data[at + 1] << 16 | data[at + 2] << 8 | data[at + 3];
    for (let t = 16; t < 64; t++) {
      const x = W[t - 15], y = W[t - 2];
      const s0 = (x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3;
      const s1 = (y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10;
      W[t] = W[t - 16] + s0 + W[t - 7] + s1 | 0;
    }
    let a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
    for (let t = 0; t < 64; t++) {
      const s1 = (e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7);
      const t1 = h + s1 + (e & f ^ ~e & g) + K[t] + W[t] | 0;
      const s0 = (a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10);
      const t2 = s0 + (a & b ^ a & c ^ b & c) | 0;
      h = g; g = f; f = e; e = d + t1 | 0; d = c; c = b; b = a; a = t1 + t2 | 0;
    }
    state[0] += a; state[1] += b; state[2] += c; state[3] += d; state[4] += e; state[5] += f; state[6] += g; state[7] += h;
  }
}

self.onmessage = async ({ data: { file } }) => {
  try {
    const sum = new Sha256();
    for (let at = 0; at < file.size; at += STEP) {
      sum.update(new Uint8Array(await file.slice(at, at + STEP).arrayBuffer()));
      self.postMessage({ done: Math.min(at + STEP, file.size) });
    }
    self.postMessage({ sha256: sum.hex() });
  } catch (error) {
    self.postMessage({ error: String(error && error.message || error) });
  }
};
