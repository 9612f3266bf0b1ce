"""The company's other systems that hold data about people: asked, answered, signed."""
