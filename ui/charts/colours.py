"""Colours that stay apart for the colour-blind and in print (after Okabe and Ito 2008), with one meaning each."""

BLUE = "#0072B2"
ORANGE = "#D55E00"
GREEN = "#009E73"
AMBER = "#E69F00"
SKY = "#56B4E9"
PINK = "#CC79A7"
GREY = "#7A7A7A"
INK = "#1F2933"

SERIES = (BLUE, ORANGE, GREEN, AMBER, SKY, PINK, GREY)
