"""The labelling page: code on the left; thumbnail, video and the fields on the right."""

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
.scene-page { display: flex; gap: 16px; align-items: flex-start }
.scene-code { flex: 1 1 50%; min-width: 0; max-height: 85vh; overflow: auto }
.scene-side { flex: 1 1 50%; min-width: 0 }
"""


def config() -> str:
    """The labelling configuration as Label Studio's XML. Code and description are shown as text, never as markup: strangers wrote them."""
    subjects, devices = ("".join(f"<Choice value={quoteattr(tag)}/>" for tag in tags) for tags in (SUBJECTS, DEVICES))
    return f"""<View>
  <Style>{_STYLE}</Style>
  <View className="scene-page">
    <View className="scene-code">
      <Header value="$title" size="5"/>
      <Text name="code" value="$code" selectionEnabled="false"/>
    </View>
    <View className="scene-side">
      <Image name="image" value="$image"/>
      <Video name="video" value="$video"/>
      <Header value="$draft_by" size="6"/>
      <TextArea name="description" toName="code" rows="3" maxSubmissions="1" editable="true" required="true"/>
      <Choices name="tags" toName="code" choice="multiple" showInline="true">{subjects}{devices}</Choices>
      <Rating name="rating" toName="code" maxRating="{RATINGS}"/>
    </View>
  </View>
</View>"""
