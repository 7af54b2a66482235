"""The labelling page: the code with the fields below it on the left, thumbnail and video on the right, all of it in one view."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

SUBJECTS = (
    "algebra",
    "arithmetic",
    "calculus",
    "functions",
    "geometry",
    "linear algebra",
    "number theory",
    "probability",
    "statistics",
    "physics",
    "computing",
)
DEVICES = ("graph", "formula", "diagram", "text", "chart", "transformation", "motion", "3D", "camera", "table")
TAGS = SUBJECTS + DEVICES
"""What a scene is about, and how it shows that: a fixed list, since only a tag that everybody was offered can be agreed on."""
RATINGS = 5
FIELDS = frozenset({"description", "tags", "rating"})

_STYLE = """
.scene-page { display: flex; gap: 20px; align-items: flex-start }
.scene-left { flex: 1 1 55%; min-width: 0 }
.scene-right { flex: 1 1 45%; min-width: 0; overflow: hidden }
.scene-right .lsf-toolbar { display: none }
.scene-text { max-height: 46vh; overflow: auto; border: 1px solid #8884; border-radius: 6px }
.scene-text * { font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace !important; font-size: 12px !important; line-height: 1.45 !important; white-space: pre !important }
"""
_HEAD = 'size="6" style="font-size: 14px; margin: 8px 0 0"'
_NOTE = 'size="6" style="font-size: 12px; font-weight: 400; margin: 0; opacity: 0.75"'


def config() -> str:
    """The labelling configuration as Label Studio's XML. Code and description are shown as text, never as markup: strangers wrote them."""
    subjects, devices = ("".join(f"<Choice value={quoteattr(tag)}/>" for tag in tags) for tags in (SUBJECTS, DEVICES))
    return f"""<View>
  <Style>{_STYLE}</Style>
  <View className="scene-page">
    <View className="scene-left">
      <Header value="$title" {_HEAD}/>
      <View className="scene-text"><Text name="code" value="$code" selectionEnabled="false"/></View>
      <Header value="What does a viewer see?" {_HEAD}/>
      <TextArea name="description" toName="code" rows="3" maxSubmissions="1" editable="true" required="true"/>
      <Header value="$draft_by" {_NOTE}/>
      <Header value="Tags that fit" {_HEAD}/>
      <Choices name="tags" toName="code" choice="multiple" showInline="true">{subjects}{devices}</Choices>
      <Header value="How good an example is it?" {_HEAD}/>
      <Rating name="rating" toName="code" maxRating="{RATINGS}"/>
    </View>
    <View className="scene-right">
      <Image name="image" value="$image" zoomControl="false" zoom="false" selectionControl="false" maxWidth="100%"/>
      <Video name="video" value="$video" height="230" frameRate="15"/>
    </View>
  </View>
</View>"""
