// Checks a whole log by the packages of Go's checksum database: verify URL VKEY. Every entry is hashed and compared with the tree that
// the checkpoint signs, and the tree is proved to go on from smaller ones.
package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func fail(format string, args ...interface{}) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}

func get(url string) []byte {
	response, err := http.Get(url)
	if err != nil {
		fail("%v", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != 200 {
		fail("%s: %s %v", url, response.Status, err)
	}
	return body
}

// Tiles lie at tile/LEVEL/…, where Go's own log has tile/8/LEVEL/….
func path(tile tlog.Tile) string {
	name := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
	return strings.Replace(name, "tile/data/", "tile/entries/", 1)
}

type reader struct{ url string }

func (r reader) Height() int { return 8 }

func (r reader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		all = append(all, get(r.url+"/"+path(tile)))
	}
	return all, nil
}

func (r reader) SaveTiles([]tlog.Tile, [][]byte) {}

func main() {
	url, vkey := os.Args[1], os.Args[2]
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		fail("the key: %v", err)
	}
	opened, err := note.Open(get(url+"/checkpoint"), note.VerifierList(verifier))
	if err != nil {
		fail("the checkpoint: %v", err)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		fail("the checkpoint has other lines: %q", lines)
	}
	var size int64
	fmt.Sscan(lines[1], &size)
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		fail("the root: %v", err)
	}
	tree := tlog.Tree{N: size, Hash: root}
	hashes := tlog.TileHashReader(tree, reader{url})
	var entries int64
	for n := int64(0); n*256 < size; n++ {
		width := size - n*256
		if width > 256 {
			width = 256
		}
		bundle := get(url + "/" + path(tlog.Tile{H: 8, L: -1, N: n, W: int(width)}))
		for ; len(bundle) > 0; entries++ {
			length := int(binary.BigEndian.Uint16(bundle))
			entry := bundle[2 : 2+length]
			bundle = bundle[2+length:]
			proof, err := tlog.ProveRecord(size, entries, hashes)
			if err != nil {
				fail("entry %d: %v", entries, err)
			}
			if err := tlog.CheckRecord(proof, size, root, entries, tlog.RecordHash(entry)); err != nil {
				fail("entry %d: %v", entries, err)
			}
		}
	}
	if entries != size {
		fail("%d entries, and the checkpoint says %d", entries, size)
	}
	for _, old := range []int64{1, 7, 255, 256, 257, size - 1} {
		if old < 1 || old >= size {
			continue
		}
		before, err := tlog.TreeHash(old, hashes)
		if err != nil {
			fail("the tree of %d: %v", old, err)
		}
		proof, err := tlog.ProveTree(size, old, hashes)
		if err != nil {
			fail("from %d: %v", old, err)
		}
		if err := tlog.CheckTree(proof, size, root, old, before); err != nil {
			fail("from %d: %v", old, err)
		}
	}
	fmt.Printf("%d entries verified\n", size)
}
