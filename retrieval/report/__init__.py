"""What the corpus is made of, as one page for a person: `facts` gathers it from whatever steps have run, `plots` draws, `page` writes the HTML.

Names, messages and pictures in it came from strangers: text is escaped, plots and thumbnails are embedded as pictures, and the page runs no script.
"""
