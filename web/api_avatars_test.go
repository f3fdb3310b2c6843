package web

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
)

// pngOf draws a picture of its own for each size.
func pngOf(width, height int) []byte {
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	for x := range width {
		for y := range height {
			picture.Set(x, y, color.RGBA{uint8(40 * x), uint8(40 * y), 128, 255})
		}
	}
	var encoded bytes.Buffer
	if err := png.Encode(&encoded, picture); err != nil {
		panic(err)
	}
	return encoded.Bytes()
}
