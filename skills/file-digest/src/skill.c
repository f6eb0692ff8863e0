/* file-digest: SHA-256 (FIPS 180-4) and size of a file. */
#include "blufio.h"

static const u32 K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static u32 rotated(u32 value, u32 by) { return value >> by | value << (32 - by); }

static void add_block(u32 state[8], const u8 *block) {
    u32 w[64];
    for (u32 i = 0; i < 16; i++)
        w[i] = (u32)block[4 * i] << 24 | (u32)block[4 * i + 1] << 16 | (u32)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (u32 i = 16; i < 64; i++) {
        u32 s0 = rotated(w[i - 15], 7) ^ rotated(w[i - 15], 18) ^ w[i - 15] >> 3;
        u32 s1 = rotated(w[i - 2], 17) ^ rotated(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    u32 a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
    for (u32 i = 0; i < 64; i++) {
        u32 t1 = h + (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i];
        u32 t2 = (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
    state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

static void digest(text data, u32 state[8]) {
    static const u32 start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    for (u32 i = 0; i < 8; i++) state[i] = start[i];
    u32 whole = data.length / 64 * 64, rest = data.length - whole;
    for (u32 i = 0; i < whole; i += 64) add_block(state, (const u8 *)data.at + i);
    u8 last[128];
    memset(last, 0, sizeof last);
    memcpy(last, data.at + whole, rest);
    last[rest] = 0x80;
    u32 size = rest < 56 ? 64 : 128;
    u64 bits = (u64)data.length * 8;
    for (u32 i = 0; i < 8; i++) last[size - 1 - i] = (u8)(bits >> 8 * i);
    for (u32 i = 0; i < size; i += 64) add_block(state, last + i);
}

SKILL(run) {
    text path = field_text("path");
    text data = read_file(path);
    u32 state[8];
    digest(data, state);

    static const char hex[] = "0123456789abcdef";
    buffer b = {0};
    put(&b, TEXT("{\"path\": "));
    put_json(&b, path);
    put(&b, TEXT(", \"sha256\": \""));
    for (u32 i = 0; i < 64; i++) put_char(&b, hex[state[i / 8] >> (28 - 4 * (i % 8)) & 15]);
    put(&b, TEXT("\", \"bytes\": "));
    put_number(&b, data.length);
    put(&b, TEXT("}"));
    succeed(&b);
}
